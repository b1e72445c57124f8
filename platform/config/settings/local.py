"""Settings of the embedded stack on one machine (`make up`)."""

from config import env
from config.settings import base

globals().update(base.settings(env.read(development=True)))
ADMIN_SECOND_FACTOR = False  # the demo operator looks around; every page of the admin says so
