"""The Scrapy settings of a run and of each source."""

from __future__ import annotations

import re
from typing import Any

from crawlers.sources import Source

CONCURRENT_PER_HOST = 4
REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def process_settings() -> dict[str, Any]:
    """Of the process: the reactor on asyncio's event loop, no log of Scrapy's own."""
    return {"TWISTED_REACTOR": REACTOR, "LOG_ENABLED": False, "LOG_INSTALL_ROOT_HANDLER": False}


def source_settings(source: Source) -> dict[str, Any]:
    """Of one source's crawler."""
    robots_agent = re.match(r"[A-Za-z0-9_-]*", source.user_agent)
    return process_settings() | {
        "BOT_NAME": "tocsin",
        "USER_AGENT": source.user_agent,
        "ROBOTSTXT_USER_AGENT": (robots_agent and robots_agent[0]) or source.user_agent,
        "ROBOTSTXT_OBEY": source.respect_robots,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0 if source.delay else 2.0,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, source.delay),
        "DOWNLOAD_DELAY": source.delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # the delay is a promise, not a mean
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_ITEMS": 4,  # Scrapy starts so many tasks for every answer
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENT_PER_HOST,
        "DOWNLOAD_TIMEOUT": source.timeout,
        # also holds for what gzip, deflate, brotli and zstd unpack to
        "DOWNLOAD_MAXSIZE": source.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        # a torn answer is read as far as it goes, and not remembered
        "DOWNLOAD_FAIL_ON_DATALOSS": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": 10,
        "METAREFRESH_MAXDELAY": 5,
        "RETRY_TIMES": 2,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # a proxy would resolve names out of the guard's sight
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "STATS_DUMP": False,
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # it reads our source again for every answer
        "LOGSTATS_INTERVAL": 0,
        "REFERRER_POLICY": "no-referrer",
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "*",
        },
        "DOWNLOAD_HANDLERS": {
            "http": "crawlers.fetch.download_handler.GuardedHandler",
            "https": "crawlers.fetch.download_handler.GuardedHandler",
            "data": None, "file": None, "ftp": None, "s3": None,
        },
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.fetch.middlewares.GuardMiddleware": 60,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawlers.fetch.middlewares.RobotsMiddleware": 100,
            "crawlers.fetch.middlewares.ConditionalRequestMiddleware": 110,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "crawlers.fetch.middlewares.PoliteRetryMiddleware": 550,
        },
        "SPIDER_MIDDLEWARES": {"crawlers.fetch.middlewares.RequestDefaultsMiddleware": 950},
        "ITEM_PIPELINES": {
            "crawlers.pipeline.item_pipelines.ValidationPipeline": 100,
            "crawlers.pipeline.item_pipelines.StoragePipeline": 900,
        },
        "EXTENSIONS": {
            "scrapy.extensions.closespider.CloseSpider": None,
            "scrapy.extensions.feedexport.FeedExporter": None,
            "scrapy.extensions.throttle.AutoThrottle": None,
            "crawlers.fetch.throttle.ConditionalAutoThrottle": 0,
        },
    }  # fmt: skip
