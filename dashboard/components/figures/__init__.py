"""A chart with its table and its files, which have title, legend, source and date."""

from dashboard.components.figures.drawing import Figure as Figure
from dashboard.components.figures.drawing import draw as draw
from dashboard.components.figures.exporting import Legend as Legend
from dashboard.components.figures.tables import PageTable as PageTable
from dashboard.components.figures.tables import offer as offer
from dashboard.components.figures.volume import draw_volume as draw_volume
