"""Who is in a hurry does not let everybody else of the process have a turn at each question to the database, and waits for nobody for ever."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ecard.postgres import Cluster

SCRIPT = """
from gevent import monkey
monkey.patch_all()
import sys
import gevent
from contextlib import nullcontext
from ecard.hurry import hurried
from ecard.pgconnection import Connection

turns = 0
def others():
    global turns
    while True:
        turns += 1
        gevent.sleep(0)

with Connection.connect(sys.argv[1]) as ours, Connection.connect(sys.argv[1], autocommit=True) as theirs:
    ours.execute("CREATE TEMPORARY TABLE t (n int)")
    gevent.spawn(others)
    for way in (nullcontext, hurried):
        with way():
            gevent.sleep(0)
            before = turns
            for number in range(20):
                assert ours.execute("SELECT n + 1 FROM generate_series(1, 3) AS g (n)").fetchall() == [(2,), (3,), (4,)]
            print(turns - before > 20, turns == before)
    gevent.spawn(lambda: theirs.execute("SELECT pg_advisory_lock(7), pg_sleep(0.3), pg_advisory_unlock(7)"))
    gevent.sleep(0.1)
    with hurried():
        before = turns
        ours.execute("SELECT pg_advisory_lock(7)")
        print(turns > before)
        try:
            ours.execute("SELECT 1 / 0")
        except Exception as error:
            print(type(error).__name__)
"""


def test_a_hurried_command_gives_way_only_where_an_answer_does_not_come(cluster: Cluster) -> None:
    name = cluster.database(like=cluster.template)
    url = cluster.url(name).replace("postgresql+psycopg://", "postgresql://")
    done = subprocess.run([sys.executable, "-c", SCRIPT, url], capture_output=True, text=True, timeout=60, check=False)
    cluster.drop(name)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines() == ["True False", "False True", "True", "DivisionByZero"]
