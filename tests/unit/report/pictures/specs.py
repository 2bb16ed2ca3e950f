"""What a chart would draw, out of its Vega-Lite."""

from typing import Any

import altair as alt


def layers_with(panel: alt.LayerChart, channel: str) -> list[dict[str, Any]]:
    """Return the panel's layers that encode ``channel``, each with its data."""
    spec = panel.to_dict()
    found = []
    for layer in spec["layer"]:
        data = layer.get("data", spec.get("data", {}))
        rows = spec["datasets"][data["name"]] if "name" in data else data["values"]
        if channel in layer["encoding"]:
            found.append(layer | {"rows": rows})
    return found


def rows_of(layer: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = layer["rows"]
    return rows
