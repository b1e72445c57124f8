"""How the services that Cinemesh stands on are run."""
