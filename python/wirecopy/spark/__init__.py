"""wirecopy on Apache Spark: ``python -m wirecopy.spark``, or :func:`run` with a session of yours. Needs ``pyspark`` 4 and ``pyarrow``;
DataFrames alone, so that it also runs on Spark Connect."""

from .components import connected_components
from .job import NoAnswer, run
from .work import BegunOtherwise

__all__ = ["BegunOtherwise", "NoAnswer", "connected_components", "run"]
