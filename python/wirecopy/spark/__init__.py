"""wirecopy on Apache Spark: what a run needs beyond :mod:`wirecopy.stages`. Needs ``pyspark``; DataFrames alone, so that it
also runs on Spark Connect."""

from .components import connected_components

__all__ = ["connected_components"]
