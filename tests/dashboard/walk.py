"""What a browser sees of a page: boxes of text, words of another language, who was asked."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import tocsin.core.language as language_folder
from dashboard.screenshots import wait_until_drawn

LOOKED_AT = {"include": [["body"]], "exclude": [[".brush_brush"], [".brush_brush_bg"]]}
"""The whole page but the two areas that Vega-Lite lays over a curve to be brushed: they show
nothing, and it takes no words for them; the dates of a query do the same."""
SERIOUS = {"serious", "critical"}
_LOCAL = re.compile(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:")
MAX_SAID = 400
_HOLE = re.compile(r"\{[^{}]*\}")

# Pieces of text as they stand on the page: cut off, beyond the edge, on top of each other, or a
# word that is torn apart by the end of a line.
_BOXES = """
() => {
  const found = [], pieces = [];
  const main = document.querySelector('[data-testid=stMain]');
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const ICONS = 'svg, iframe, style, script, [data-testid=stIconMaterial], [class*=icon]';
  const said = (node) => node.textContent.trim().slice(0, 60);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || holder.closest(ICONS)) continue;
    if (!holder.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const style = getComputedStyle(holder);
    if (style.clipPath !== 'none' || holder.offsetWidth <= 1) continue;  // for readers of screens
    let scrolls = false;
    for (let up = holder; up && up !== main; up = up.parentElement) {
      const about = getComputedStyle(up);
      if (/auto|scroll/.test(about.overflowX) && up.scrollWidth > up.clientWidth) scrolls = true;
      if (/hidden|clip/.test(about.overflowX) && up.clientWidth > 1
          && up.scrollWidth > up.clientWidth + 2 && !up.closest('[title]')
          && !/ChartElement|stVega/.test(up.className) && !scrolls) {
        found.push('cut: ' + said(node)); break;
      }
    }
    if (scrolls) continue;
    const range = document.createRange();
    for (const {0: word, index} of node.textContent.matchAll(/(?<!\\S)\\p{L}{3,20}(?!\\S)/gu)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
      if (Math.max(...tops) - Math.min(...tops) > 6) found.push('torn apart: ' + word);
    }
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      if (box.right > innerWidth + 1) found.push('beyond the edge: ' + said(node));
      pieces.push({box, node});
    }
  }
  pieces.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < pieces.length; i++) {
    const {box: a, node: first} = pieces[i];
    for (let k = i + 1; k < pieces.length && pieces[k].box.top < a.bottom - 3; k++) {
      const {box: b, node: second} = pieces[k];
      if (first === second) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 0.4 * Math.min(a.height, b.height))
        found.push(`on top of each other: ${said(first)} | ${said(second)}`);
    }
  }
  return [...new Set(found)];
}
"""
# All that is read or heard: text, and what attributes say.
_SAID = """
() => {
  const said = [];
  // Streamlit's own names of the arrow of a list are English
  const NOT_OURS = 'style, script, article, bdi, [data-testid=stToolbar], .st-key-lang, '
    + '[data-testid=stIconMaterial], [role=combobox] ~ *, [data-baseweb=select], '
    + '[data-testid=stMultiSelectTagsContainer] ~ *';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest(NOT_OURS))
      said.push(node.textContent);
  for (const one of document.querySelectorAll('[title],[aria-label],[placeholder],[alt]'))
    if (!one.closest(NOT_OURS))
      for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
        if (one.hasAttribute(name)) said.push(one.getAttribute(name));
  return said.map((text) => text.replace(/\\s+/g, ' ').trim()).filter((text) => text);
}
"""


@dataclass
class Walker:
    """A page of a browser, and what it did: addresses it asked, what its console said."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._close)

    def _close(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def elsewhere(self) -> list[str]:
        """Requests that left the machine."""
        return [url for url in self.requests if not _LOCAL.match(url)]

    def open(self, address: str) -> None:
        """Go to a page, and wait until it is drawn."""
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is drawn and nothing runs."""
        wait_until_drawn(self.page)

    def picture(self, file: Path) -> None:
        """Keep a picture of all of the page: Streamlit scrolls inside, so the window is made as
        high."""
        main = "document.querySelector('[data-testid=stMainBlockContainer]')"
        height = self.page.evaluate(f"{main}?.scrollHeight ?? 1000")
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": size["width"], "height": min(6_000, height + 60)})
        self.page.wait_for_timeout(800)
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file)
        self.page.set_viewport_size(size)

    def faults(self) -> list[str]:
        """What axe-core finds serious: the rule, and where."""
        axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
        self.page.evaluate(axe)
        found = self.page.evaluate(
            f"axe.run({json.dumps(LOOKED_AT)}, {{resultTypes: ['violations']}})"
        )
        return [
            f"{self.page.url}: {one['id']}: {json.dumps(node['target'])}: {node['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"][:3]
        ]

    def boxes(self) -> list[str]:
        """Text that is cut off, stands beyond the edge, or on other text."""
        return [f"{self.page.url}: {one}" for one in self.page.evaluate(_BOXES)]

    def foreign(self, code: str) -> list[str]:
        """What is said in words of the catalogue of the other language alone."""
        sure, patterns = _of_the_other(code)
        return [
            f"{self.page.url}: {said[:200]}"
            for said in self.page.evaluate(_SAID)
            if said in sure
            or any(
                literal in said and pattern.fullmatch(said)
                for literal, pattern in patterns
                if len(said) < MAX_SAID
            )
        ]


@cache
def _of_the_other(code: str) -> tuple[frozenset[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Texts, and patterns of texts with holes, that only the catalogue of the other has."""
    ours = _catalogue(code)
    theirs = _catalogue("en" if code == "fr" else "fr")
    kept = set(ours.values())
    # One word in small letters may be anybody's.
    only = {
        text
        for text in theirs.values()
        if text not in kept and len(text) > 3 and (" " in text or text[0].isupper())
    }
    holes = {text for text in only if _HOLE.search(text)}
    patterns = []
    for text in holes:
        parts = [" ".join(part.split()) for part in _HOLE.split(text)]
        if sum(len(re.findall(r"[^\W\d]{3,}", part)) for part in parts) >= 2:
            pattern = re.compile(r"\s?.+?\s?".join(re.escape(part) for part in parts))
            patterns.append((max(parts, key=len), pattern))
    return frozenset(" ".join(text.split()) for text in only - holes), tuple(patterns)


def _catalogue(code: str) -> dict[str, str]:
    folder = Path(str(language_folder.__path__[0])) / "catalogues" / code
    texts: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        _flatten(tomllib.loads(file.read_text("utf-8")), file.stem, texts)
    return texts


def _flatten(table: Mapping[str, Any], at: str, into: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            _flatten(value, f"{at}.{name}", into)
        elif isinstance(value, str):
            into[f"{at}.{name}"] = value
