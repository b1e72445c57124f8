"""Neo4j Community with its Browser, from jars that are checked against `jars.lock`."""
