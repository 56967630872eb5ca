"""One flaw is one finding, whoever tells of it under whichever name."""

from buckler.advisories.flaws import merged, remedy
from tests.advisories.made import flaw


def test_sources_that_share_a_name_are_one_finding() -> None:
    """Also where two have nothing in common but a third. The name that people know stands first."""
    told = [flaw("GHSA-1", "CVE-1", level="unknown"), flaw("PYSEC-1", "X-1"), flaw("PYSEC-1", "CVE-1", fixed="2.1")]
    (found,) = merged(told)
    assert (found.id, found.aliases) == ("CVE-1", ("GHSA-1", "PYSEC-1", "X-1"))
    assert (found.level, found.fixed) == ("high", "2.1")


def test_other_names_packages_and_versions_are_other_findings() -> None:
    """An advisory of two packages is to be dealt with twice."""
    told = [flaw("CVE-1"), flaw("CVE-2"), flaw("CVE-1", package="other"), flaw("CVE-1", version="1.1")]
    assert len(merged(told)) == 4


def test_the_gravest_of_a_package_stands_first() -> None:
    """What nobody has weighed stands before what is known to be light."""
    told = [
        flaw("CVE-1", level="low"),
        flaw("CVE-2", level="unknown"),
        flaw("CVE-3", level="critical"),
        flaw("CVE-0", package="a", level="low"),
    ]
    assert [each.id for each in merged(told)] == ["CVE-0", "CVE-3", "CVE-2", "CVE-1"]


def test_the_upgrade_is_to_the_version_that_has_every_fix() -> None:
    """Compared as versions: 2.10 comes after 2.9. A package without any fix is not named."""
    told = [flaw("CVE-1", fixed="2.9"), flaw("CVE-2", fixed="2.10"), flaw("CVE-3", package="lost", fixed="")]
    assert remedy(merged(told)) == {"shape": "2.10"}


def test_the_address_of_an_advisory_leads_nowhere_else() -> None:
    """Its name comes from the data."""
    (found,) = merged([flaw("../x?y#z")])
    assert found.url == "https://osv.dev/vulnerability/..%2Fx%3Fy%23z"


def test_two_flaws_of_the_cve_list_stay_two_whatever_joins_them() -> None:
    """One of them would stand in the table under the name of the other."""
    apart = [flaw("CVE-1", "GHSA-1", level="low"), flaw("CVE-2", "GHSA-1", level="critical")]
    third = flaw("GHSA-1", level="unknown")
    for told in (apart, [*apart, third], [third, *apart]):
        assert [(each.id, each.level) for each in merged(told)] == [("CVE-2", "critical"), ("CVE-1", "low")]
    assert len(merged([*apart, flaw("CVE-1", "CVE-2")])) == 1
