"""Settings of the embedded stack on one machine (`make up`)."""

from config import env
from config.settings import base

globals().update(base.settings(env.read(development=True)))
