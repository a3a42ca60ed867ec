"""What every page looks at: a period with an end, what it is compared with, and which posts."""

from dashboard.components.frame.controls import Frame as Frame
from dashboard.components.frame.controls import ask as ask
from dashboard.components.frame.controls import clear_dates as clear_dates
from dashboard.components.frame.controls import if_collected as if_collected
from dashboard.components.frame.controls import take_dates as take_dates
