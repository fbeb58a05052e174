"""How Superset looks, light and dark: calm, in the colours of the Segment desk, everything from this machine.

Superset 6.1 takes the tokens of Ant Design. What is given here replaces the stock tokens, so fonts and logo are said
again.
"""

from typing import Any
from urllib.parse import quote

FONTS = 'Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif'
CODE_FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


def wordmark(name: str, color: str) -> str:
    """A logo that is the name in words, as a data URL: the policy of the pages admits no other host."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="168" height="24">'
        f'<rect x="0" y="4" width="16" height="16" rx="4" fill="{color}" opacity="0.35"/>'
        f'<rect x="5" y="9" width="6" height="6" rx="2" fill="{color}"/>'
        f'<text x="25" y="17.5" fill="{color}" font-family="Inter, Arial, sans-serif" font-size="16" font-weight="600">'
        f"{name}</text></svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _shared(name: str) -> dict[str, Any]:
    return {
        "brandAppName": name,
        "brandLogoAlt": name,
        "brandLogoMargin": "18px 0",
        "brandLogoHref": "/",
        "brandLogoHeight": "24px",
        "brandIconMaxWidth": 37,
        "brandSpinnerUrl": None,
        "brandSpinnerSvg": None,
        "fontUrls": [],
        "fontFamily": FONTS,
        "fontFamilyCode": CODE_FONTS,
        "fontSizeXS": "8",
        "fontSizeXXL": "28",
        "fontWeightLight": "300",
        "fontWeightNormal": "400",
        "fontWeightStrong": "500",
        "fontWeightBold": "600",
        "transitionTiming": 0.2,
        "borderRadius": 6,
    }


def light(name: str) -> dict[str, Any]:
    """The light theme of an application of this name."""
    return {
        "token": {
            **_shared(name),
            "brandLogoUrl": wordmark(name, "#1a5adf"),
            "colorPrimary": "#1a5adf",
            "colorLink": "#1a5adf",
            "colorInfo": "#1a5adf",
            "colorError": "#b3261e",
            "colorWarning": "#c27c12",
            "colorSuccess": "#2b8c5a",
            "colorTextBase": "#111c2d",
            "colorBgBase": "#ffffff",
            "colorBgLayout": "#f6f8fb",
            "colorBorder": "#c6d0dd",
            "colorBorderSecondary": "#e1e7ef",
            "colorEditorSelection": "#e9f0fd",
        },
        "algorithm": "default",
    }


def dark(name: str) -> dict[str, Any]:
    """The dark theme; people choose it, or their system does."""
    return {
        "token": {
            **_shared(name),
            "brandLogoUrl": wordmark(name, "#98bcff"),
            "colorPrimary": "#5b8def",
            "colorLink": "#7aa8ff",
            "colorInfo": "#5b8def",
            "colorError": "#ff9189",
            "colorWarning": "#f0b45c",
            "colorSuccess": "#6fce96",
            "colorTextBase": "#e8edf5",
            "colorBgBase": "#0d1119",
            "colorBgLayout": "#0d1119",
            "colorBgContainer": "#161d2b",
            "colorBgElevated": "#1b2434",
            "colorBorder": "#36435a",
            "colorBorderSecondary": "#242e3f",
            "colorEditorSelection": "#16264a",
        },
        "algorithm": "dark",
    }


SERIES = {
    "id": "leo",
    "label": "LEO Activation",
    "description": "For series without a colour of their own in colors.yaml; each shows on white and on night blue.",
    "isDefault": True,
    "colors": [
        *("#3f74c9", "#2f9c8f", "#c2803a", "#8a63d2", "#c2527a", "#5f9e4a"),
        *("#3d96bb", "#a38a2e", "#7a869a", "#d06a4f", "#5b6fd6", "#3f8f6b"),
    ],
}
STEPS = {
    "id": "leo_blue",
    "label": "LEO Activation, from few to many",
    "description": "Shades of one blue.",
    "isDiverging": False,
    "isDefault": True,
    "colors": ["#e6ecf4", "#c3d4ee", "#9bb8e2", "#7399d3", "#4f7fca", "#3867ae", "#2d5a9e", "#1f4480"],
}
