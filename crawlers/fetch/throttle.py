"""AutoThrottle that also learns from 304: a server that answers conditions at once may be asked as
readily.
"""

from __future__ import annotations

from typing import Any

from scrapy.extensions.throttle import AutoThrottle


class ConditionalAutoThrottle(AutoThrottle):
    """Scrapy's, which lets only answers of 200 shorten the delay: after a crawl's first slow
    answer a re-crawl would stay slow.
    """

    def _adjust_delay(self, slot: Any, latency: float, response: Any) -> None:
        super()._adjust_delay(
            slot, latency, response.replace(status=200) if response.status == 304 else response
        )
