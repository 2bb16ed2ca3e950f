"""What each method keeps of the accuracy for what it leaves of the work, task by task."""

from collections.abc import Mapping

import pandas as pd

from budama.analysis.columns import MODEL_KEY
from budama.config.schema import DENSE
from budama.report.pictures.charts import Pen, Picture
from budama.report.pictures.material import cells
from budama.report.pictures.tradeoff import Cost, axes_of, groups, panel_of, remarks

MACS_LEFT = Cost("macs_left", "macs_change_pct", None, None, 1, up="accuracy_kept")


def kept(tables: Mapping[str, pd.DataFrame], pen: Pen) -> Picture:
    """Draw the curves of each task's summary, by the tasks' names, in panels of their own."""
    title = pen.words["ratio_curves"]
    shares = {task: shares_of(table) for task, table in tables.items()}
    drawable = {task: table for task, table in shares.items() if not cells(table).empty}
    if not drawable:
        return Picture("accuracy-kept", title, "")
    every = pd.concat(drawable.values())
    pen = pen.only(every["method"])
    axes = axes_of(every, pen, MACS_LEFT)
    panels = [
        panel_of(rows, axes, pen, MACS_LEFT, " · ".join(filter(None, [task, name])))
        for task, table in drawable.items()
        for name, rows in groups(table, pen)
    ]
    return Picture(
        "accuracy-kept", title, pen.words["ratio_caption"].format(**remarks(every, pen)), panels
    )


def shares_of(summary: pd.DataFrame) -> pd.DataFrame:
    """Return ``MODEL_KEY``, accuracy with its interval, and MACs as ``cost`` of each model.

    All are percent of the dense model's. Models without one of them are left out; all are where
    the dense one got nothing right.
    """
    dense = summary.loc[summary["method"] == DENSE, "accuracy_pct"].iloc[0] or float("nan")
    columns = {"accuracy": "accuracy_pct", "low": "accuracy_low_pct", "high": "accuracy_high_pct"}
    table = summary[MODEL_KEY].assign(
        **{name: 100 * summary[column] / dense for name, column in columns.items()},
        cost=100 + summary["macs_change_pct"],
        cost_low=float("nan"),
        cost_high=float("nan"),
    )
    return table.dropna(subset=["accuracy", "cost"])
