"""How the screens look: colours for light and dark, type, and the few classes that our own HTML uses.

One accent (brick on paper, amber at night) says *look here*; slate says *the rest*. The pair is told
apart by people who do not see red or green, and no meaning hangs on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

SHAPES = (
    ("circle", "●"), ("square", "■"), ("cross", "✚"), ("diamond", "◆"), ("triangle-up", "▲"), ("triangle-down", "▼"),
    ("triangle-right", "▶"), ("triangle-left", "◀"),
)  # fmt: skip
"""Vega's name of each shape and its sign in a key: a shape goes with each colour, for eyes that do not tell these apart."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as hex. Text on ``background`` has a contrast of at least 4.5 to 1."""

    background: str
    panel: str
    ink: str
    soft: str
    border: str
    accent: str
    slate: str
    calm: str
    cool: str
    objects: tuple[str, ...]


LIGHT = Palette(
    background="#fdfcf9", panel="#f5f2ec", ink="#1f2328", soft="#5d6168", border="#e3ded4", accent="#a8431d", slate="#7f8792",
    calm="#d9d5cc", cool="#2b6391", objects=("#a8431d", "#2b6391", "#7a5ea8", "#1f7a6d", "#b8860b", "#8a4a6b", "#4d7c2a", "#5d6168"),
)  # fmt: skip
DARK = Palette(
    background="#14171a", panel="#1d2125", ink="#e9e6df", soft="#a3a7ad", border="#32373d", accent="#f0a35a", slate="#8d96a1",
    calm="#3b4148", cool="#86b9e6", objects=("#f0a35a", "#86b9e6", "#b9a2e3", "#6cc4b3", "#e3c65b", "#dd93b5", "#a5cf78", "#a3a7ad"),
)  # fmt: skip


def palette(kind: str | None) -> Palette:
    """The palette of a Streamlit theme type: ``light`` or ``dark``."""
    return DARK if kind == "dark" else LIGHT


def options() -> dict[str, object]:
    """Streamlit's theme options for both themes; the browser follows the system until someone chooses."""
    found: dict[str, object] = {
        "theme.font": "sans-serif",
        "theme.headingFont": "serif",
        "theme.baseFontSize": 15,
        "theme.headingFontWeights": [600, 600, 600, 600],
        "theme.headingFontSizes": ["2.1rem", "1.4rem", "1.15rem", "1rem"],
        "theme.baseRadius": "6px",
        "theme.showWidgetBorder": True,
        "theme.showSidebarBorder": True,
    }
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        found |= {
            f"theme.{name}.primaryColor": colours.accent,
            f"theme.{name}.backgroundColor": colours.background,
            f"theme.{name}.secondaryBackgroundColor": colours.panel,
            f"theme.{name}.textColor": colours.ink,
            f"theme.{name}.borderColor": colours.border,
            f"theme.{name}.linkColor": colours.accent,
            f"theme.{name}.sidebar.backgroundColor": colours.panel,
            f"theme.{name}.sidebar.secondaryBackgroundColor": colours.background,
        }
    return found


def _pair(name: str) -> str:
    return f"light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)})"


def css() -> str:
    """The style sheet of our own HTML. Streamlit sets ``color-scheme`` on the app, so ``light-dark()`` follows the theme."""
    tokens = "".join(
        f"--t-{name}:{_pair(name)};"
        for name in (
            "background",
            "panel",
            "ink",
            "soft",
            "border",
            "accent",
            "slate",
            "calm",
            "cool",
        )
    )
    return f"<style>:root{{{tokens}}}{_RULES}</style>"


_RULES = """
.stMainBlockContainer{padding-top:2.6rem;padding-bottom:5rem;max-width:1320px}
h1,h2,h3{letter-spacing:-.01em}
.stHtml{line-height:1.5}
.t-lede{color:var(--t-soft);font-size:1.02rem;max-width:64ch;margin:-.35rem 0 .4rem}
.t-soft{color:var(--t-soft)}
.t-num{font-variant-numeric:tabular-nums}
.t-h{font-family:"Source Serif",serif;font-weight:600;font-size:1.25rem;margin:1.6rem 0 .1rem;letter-spacing:-.01em}
.t-note{color:var(--t-soft);font-size:.86rem;max-width:78ch}
.t-link{color:inherit;overflow-wrap:anywhere;text-decoration-color:var(--t-accent);text-underline-offset:.18em;text-decoration-thickness:1px}
.t-link:hover{color:var(--t-accent)}
dl.t-kpis{padding-left:0!important}
.t-kpis{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:0;border-top:1px solid var(--t-border);border-bottom:1px solid var(--t-border);margin:.6rem 0 .4rem}
.t-kpi{padding:.95rem 1.2rem .9rem;border-left:1px solid var(--t-border)}
.t-kpi:first-child{border-left:0;padding-left:0}
.t-kpi dt{color:var(--t-soft);font-size:.84rem;margin:0}
.t-kpi dd{margin:0}
.t-kpi .t-big{font-size:1.85rem;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.015em}
.t-kpi .t-sub{color:var(--t-soft);font-size:.84rem}
.t-kpi .t-sub b{color:var(--t-ink);font-weight:600}
.t-share{display:flex;height:.55rem;border-radius:3px;overflow:hidden;background:var(--t-calm);margin:.35rem 0}
.t-share i{background:var(--t-accent);display:block;min-width:2px}
.t-bars{display:flex;align-items:flex-end;gap:1px;height:64px;border-bottom:1px solid var(--t-border)}
.t-bars span{flex:1 1 0;display:flex;flex-direction:column;justify-content:flex-end;height:100%;min-width:1px}
.t-bars i,.t-bars b{display:block}
.t-bars i{background:var(--t-slate)}
.t-bars b{background:repeating-linear-gradient(135deg,var(--t-accent) 0 3px,color-mix(in srgb,var(--t-accent) 72%,transparent) 3px 5px)}
.t-axis{display:flex;justify-content:space-between;color:var(--t-soft);font-size:.76rem;margin-top:.2rem;font-variant-numeric:tabular-nums}
.t-key{display:inline-flex;align-items:center;gap:.4rem;color:var(--t-soft);font-size:.8rem;margin-right:1rem}
.t-key::before{content:"";width:.8rem;height:.6rem;border-radius:2px;background:var(--t-slate)}
.t-key.t-hot::before{background:var(--t-accent)}
.t-terms{font-family:"Source Serif",serif;font-weight:600;font-size:1.12rem;line-height:1.35;overflow-wrap:anywhere}
.t-terms span+span::before{content:" · ";color:var(--t-soft);font-weight:400}
.t-fact{margin:1rem 0 .1rem;max-width:82ch;overflow-wrap:anywhere}
.t-list{columns:2;max-width:82ch;padding-left:1.1rem}
.t-facts{color:var(--t-soft);font-size:.88rem;margin:.15rem 0;overflow-wrap:anywhere}
.t-facts b{color:var(--t-ink);font-weight:600;font-variant-numeric:tabular-nums}
.t-tag{display:inline-block;font-size:.76rem;font-weight:600;padding:.05rem .5rem;border-radius:99px;border:1px solid currentColor;white-space:nowrap}
.t-tag.t-flagged{color:var(--t-accent)}
.t-tag.t-explained{color:var(--t-cool)}
.t-tag.t-cleared,.t-tag.t-plain{color:var(--t-soft)}
.t-table{width:100%;border-collapse:collapse;font-size:.92rem}
.t-table th{text-align:left;color:var(--t-soft);font-weight:500;font-size:.8rem;border-bottom:1px solid var(--t-border);padding:.35rem .7rem .35rem 0}
.t-table td{border-bottom:1px solid var(--t-border);padding:.55rem .7rem .55rem 0;vertical-align:top;overflow-wrap:anywhere}
.t-table:not(.t-readings) td:nth-child(n+5){white-space:nowrap}
.t-table .t-r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.t-readings td:nth-child(1){width:20%}.t-readings td:nth-child(2){width:15%;white-space:nowrap}.t-readings td:nth-child(4){width:32%}
.t-scroll{overflow-x:auto}
.t-post{border-top:1px solid var(--t-border);padding:.8rem 0 .75rem}
.t-post.t-card{border:1px solid var(--t-border);border-radius:6px;padding:.75rem .9rem;background:var(--t-background)}
.t-post header{display:flex;flex-wrap:wrap;gap:.15rem .7rem;align-items:baseline;font-size:.86rem;color:var(--t-soft)}
.t-post header strong{color:var(--t-ink);font-size:.95rem;font-weight:600}
.t-post footer{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.84rem;color:var(--t-soft);margin-top:.35rem}
.t-title{font-family:"Source Serif",serif;font-weight:600;margin:.2rem 0 .1rem;overflow-wrap:anywhere}
.t-text{overflow-wrap:anywhere;max-width:78ch;margin:.2rem 0;line-height:1.5;contain:paint}
.t-more summary{cursor:pointer;color:var(--t-accent);font-size:.86rem}
.t-more[open]{max-height:28rem;overflow:auto}
.t-side details{grid-column:1/-1}
.t-side details .t-side{margin-top:.6rem}
.t-side{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:.7rem;margin:.4rem 0 .8rem}
.t-why p{margin:.2rem 0}
.t-why{border-left:3px solid var(--t-accent);padding:.1rem 0 .1rem .9rem;margin:.5rem 0;max-width:82ch}
.t-why.t-fits{border-color:var(--t-cool)}
.t-why.t-not{border-color:var(--t-border)}
.t-empty{border:1px dashed var(--t-border);border-radius:8px;padding:2rem 2.2rem;max-width:70ch;margin-top:1rem}
.t-empty h2{font-size:1.3rem;padding:0;margin:0 0 .4rem}
.t-empty code{display:block;background:var(--t-panel);padding:.5rem .7rem;border-radius:5px;margin:.3rem 0;overflow-x:auto;color:var(--t-ink)}
[data-testid="stSidebarHeader"] [data-testid="stLogoSpacer"],[data-testid="stSidebarHeader"] a{display:flex}
[data-testid="stSidebarHeader"] :has(>[data-testid="stSidebarLogo"])::after{content:"Tocsin";font-family:"Source Serif",serif;font-weight:600;font-size:1.5rem;letter-spacing:-.02em;margin-left:.55rem;align-self:center}
.t-row{display:grid;grid-template-columns:minmax(9rem,1.2fr) minmax(12rem,2.4fr) 5rem 5rem 5.5rem minmax(9rem,1.4fr);gap:.2rem 1rem;align-items:center;font-size:.92rem;padding:.5rem 0}
.t-row.t-head{color:var(--t-soft);font-size:.8rem;padding:.2rem calc(90px + 1rem) .2rem 0}
[class*="st-key-cluster_row_"],[class*="st-key-cluster_open_"]{border-top:1px solid var(--t-border);padding:0 .6rem;margin:0 -.6rem}
[class*="st-key-cluster_open_"]{background:var(--t-panel);box-shadow:inset 3px 0 0 var(--t-accent)}
.t-row:not(.t-head) .t-num{font-size:1rem}
@media (max-width:900px){.t-row{grid-template-columns:1fr 1fr}.t-head{display:none}}
.t-objects{display:grid;gap:.15rem;margin:.3rem 0;font-size:.82rem;color:var(--t-soft)}
.t-objects i{font-style:normal;color:var(--c);display:inline-block;width:1.3rem;font-size:1.05rem;line-height:1}
.t-vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.t-meter{display:inline-block;vertical-align:middle;width:4.2rem;height:.5rem;border-radius:3px;background:var(--t-calm);overflow:hidden;margin-right:.45rem}
.t-meter i{display:block;height:100%;background:var(--t-accent)}
.t-facet{font-size:.84rem;font-weight:600;margin-top:.5rem}
[class*="st-key-facet_"] button{min-height:0;padding:.12rem 0;justify-content:stretch}
[class*="st-key-facet_"] button :is(div,span):not([class*="stMarkdownColored"],p *){width:100%}
[class*="st-key-facet_"] button p{display:flex;justify-content:space-between;gap:.6rem;text-align:left;font-size:.88rem;font-variant-numeric:tabular-nums}
[class*="st-key-facet_"] button p>span{white-space:nowrap;flex:none}
[class*="st-key-signal_"]{border-top:1px solid var(--t-border);padding-top:.9rem}
:is(a,button,summary,[tabindex]):focus-visible{outline:2px solid var(--t-accent);outline-offset:2px}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
"""
