"""Which application a task is sent by."""

import os
import subprocess
import sys

IN_A_THREAD = """
import threading
import config.env  # as `make up` does, before it knows the settings
from celery import current_app
sender = threading.Thread(target=lambda: print(current_app.main))
sender.start()
sender.join()
"""


def test_every_thread_sends_by_ours_whenever_the_settings_are_named() -> None:
    """What the library makes for itself would look for a broker of another kind."""
    unnamed = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    said = subprocess.check_output([sys.executable, "-c", IN_A_THREAD], env=unnamed, text=True)
    assert said.strip() == "cinemesh"
