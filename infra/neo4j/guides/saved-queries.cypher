// Saved queries of the data team. In Neo4j Browser: Favorites, Import, choose this file; or paste
// one into the editor. Every one is bounded: it ends in a LIMIT, and the server stops what runs
// longer than 30 s. The graph is a projection: Postgres holds the truth, so change nothing here.

// What is in the graph
CALL db.schema.visualization();

// How many of each
MATCH (node) RETURN labels(node)[0] AS kind, count(*) AS nodes ORDER BY nodes DESC;

// Who worked on a film
MATCH (person:Person)-[credit:ACTED_IN|DIRECTED]->(film:Movie {title: 'Heat'})
RETURN person, credit, film LIMIT 50;

// Who directs whom most often
MATCH (director:Person)-[:DIRECTED]->(film:Movie)<-[:ACTED_IN]-(actor:Person)
WHERE director <> actor
RETURN director.name AS director, actor.name AS actor, count(film) AS films
ORDER BY films DESC LIMIT 25;

// The shortest chain of films between two people
MATCH (one:Person {name: 'Al Pacino'}), (other:Person {name: 'Tom Hanks'})
MATCH path = shortestPath((one)-[:ACTED_IN|DIRECTED*..12]-(other))
RETURN path LIMIT 1;

// What the people that a member follows like
MATCH (:User {username: 'demo'})-[:FOLLOWS]->(friend:User)-[like:LIKED]->(film:Movie)
RETURN film.title AS film, count(friend) AS friends, avg(like.stars) AS stars
ORDER BY friends DESC, stars DESC LIMIT 25;

// Friends of friends whom a member does not follow yet
MATCH (me:User {username: 'demo'})-[:FOLLOWS]->(:User)-[:FOLLOWS]->(other:User)
WHERE other <> me AND NOT EXISTS { (me)-[:FOLLOWS]->(other) }
RETURN other.username AS member, count(*) AS ways ORDER BY ways DESC LIMIT 25;

// Members who are followed most
MATCH (member:User)
RETURN member.username AS member, COUNT { (member)<-[:FOLLOWS]-() } AS followers
ORDER BY followers DESC LIMIT 25;
