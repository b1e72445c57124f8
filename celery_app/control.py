"""The application of beat and Flower, which run no task: the same settings, without Django's apps.

Loading all apps costs each process seconds of start and a hundred megabytes for nothing.
"""

from celery_app.configuration import application

app = application(fixups=[], set_as_current=False)
