"""What was asked for is judged first, and a remedy keeps everything else that was asked for."""

from pathlib import Path

import pytest

from buckler.cli.options import DATA
from buckler.cli.serve.order import HOST, HTTP_PORT, PORT, Order
from buckler.errors import ConfigurationError


def order(
    app: str | None = None, port: int = PORT, http_port: int = HTTP_PORT, data: Path = DATA, host: str = HOST
) -> Order:
    return Order(app, host, port, http_port, data, None, None, None, check=False)


def test_two_equal_ports_are_refused_as_such() -> None:
    """Nobody is told that "another program" has the port; two free ones are no clash."""
    with pytest.raises(ConfigurationError, match=r"--port and --http-port are both 9000.*\n.*--http-port 10000"):
        order(port=9000, http_port=9000).judge()
    order(port=0, http_port=0).judge()


def test_the_remedy_keeps_the_other_port() -> None:
    """In both ways of starting the reference service."""
    secure, plain = order(port=9443, http_port=9080).ports()
    assert secure.remedy == (
        "Choose another: buckler serve --http-port 9080 --port 10443   (make serve HTTP_PORT=9080 PORT=10443)"
    )
    assert plain.remedy == (
        "Choose another: buckler serve --port 9443 --http-port 10080   (make serve PORT=9443 HTTP_PORT=10080)"
    )


def test_without_options_the_remedy_is_short() -> None:
    """One option and one variable."""
    secure, _ = order().ports()
    assert secure.remedy == "Choose another: buckler serve --port 9443   (make serve PORT=9443)"


def test_the_remedy_keeps_app_and_folder_and_quotes_them() -> None:
    """It can be pasted; `make` knows of neither, so it is not named."""
    _, plain = order("main:app", data=Path("my data")).ports()
    assert plain.remedy == "Choose another: buckler serve main:app --data 'my data' --http-port 9080"


def test_the_remedy_keeps_workers_and_reload() -> None:
    """`make` knows of neither."""
    asked = Order("main:app", HOST, PORT, HTTP_PORT, DATA, None, None, None, check=False, workers=3, reload=True)
    assert asked.ports()[0].remedy == "Choose another: buckler serve main:app --workers 3 --reload --port 9443"


@pytest.mark.parametrize(("port", "taken"), [(8443, 9443), (65535, 64535)])
def test_the_port_proposed_is_not_the_other_one(port: int, taken: int) -> None:
    """A remedy that fails at once is none."""
    secure, _ = order(port=port, http_port=taken).ports()
    proposed = int(secure.remedy.split("--port ")[1].split()[0])
    assert proposed not in (port, taken)
    assert 0 < proposed <= 65535
