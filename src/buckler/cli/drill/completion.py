"""What a shell offers while the command is written: families and attacks, by id, with their names."""

from buckler.drill.attack import FAMILIES


def attacks(incomplete: str) -> list[tuple[str, str]]:
    """What `--only` and `--skip` take."""
    try:
        from buckler.drill.attacks.catalogue import CATALOGUE
    except ModuleNotFoundError:
        # Without the extra the command says so; a shell only stays silent.
        return []
    known: list[tuple[str, str]] = [(family, f"every attack of {family}") for family in FAMILIES]
    known += [(each.about.id, each.about.name) for each in CATALOGUE]
    return [(name, told) for name, told in known if name.startswith(incomplete)]
