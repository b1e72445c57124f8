"""The part of Qdrant's REST API that Cinemesh uses, served over Qdrant's own embedded engine."""
