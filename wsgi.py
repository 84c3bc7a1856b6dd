"""The service for a WSGI server: `flask --app wsgi run`, or any other. Settings come from the environment (webapp/settings.py)."""

from webapp import create_app
from webapp.settings import Settings

app = create_app(Settings.from_environ())
