"""What usually listens at the ports of this machine, and where what is handed over there goes."""

from collections.abc import Mapping
from typing import Final

STORES: Final[Mapping[int, str]] = {
    1433: "SQL Server",
    1521: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    5984: "CouchDB",
    6379: "Redis",
    9042: "Cassandra",
    9200: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
}
"""It keeps what it is given."""
QUEUES: Final[Mapping[int, str]] = {
    1883: "MQTT",
    4150: "NSQ",
    4222: "NATS",
    5671: "RabbitMQ",
    5672: "RabbitMQ",
    6650: "Pulsar",
    8883: "MQTT",
    9092: "Kafka",
    11300: "beanstalkd",
    61613: "ActiveMQ",
    61616: "ActiveMQ",
}
"""Workers take it from there, and do what it says."""
RELAYS: Final[Mapping[int, str]] = {
    25: "a mail server",
    53: "a resolver",
    465: "a mail server",
    587: "a mail server",
    853: "a resolver",
    1080: "a proxy",
    3128: "a proxy",
}
"""It goes on to other machines."""
