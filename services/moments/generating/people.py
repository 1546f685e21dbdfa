"""Made-up people: the n-th is the same each time. Numbers are test numbers, which no person is ever given."""

from datetime import date, timedelta

_SURNAMES = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson "
    "Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström Olofsson Lindqvist Lindgren Berg "
    "Axelsson Bergström Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg "
    "Sjöberg Wallin Engström Eklund Danielsson Lundin Håkansson Björk Bergman Gunnarsson Holm Wikström Samuelsson "
    "Isaksson Fransson Bergqvist Nyström Holmberg Arvidsson Löfgren Söderberg Nyberg Blomqvist Claesson Åberg Åkesson "
    "Ärlig Öberg Östlund Öhman Müller Lindén Norén Zetterlund"
)
_GIVEN_NAMES = (
    "Maria Anna Margareta Elisabeth Eva Kristina Birgitta Karin Elisabet Marie Ingrid Christina Sofia Linnéa Kerstin "
    "Marianne Lena Helena Inger Johanna Emma Sara Elin Katarina Ulla Åsa Märta Örjan Erik Lars Karl Anders Johan Per "
    "Nils Carl Mikael Jan Hans Lennart Olof Peter Gunnar Sven Fredrik Bengt Bo Daniel Alexander Gustav Göran Åke "
    "Magnus Martin Andreas Stefan Björn René Zoë"
)
_FIRST_BIRTHDAY = date(1930, 1, 1)
_BIRTHDAYS = 28_000
MOST_PEOPLE = 10 * _BIRTHDAYS


def name_of(number: int) -> tuple[str, str]:
    """Surname and given name of the n-th person."""
    surnames, given_names = _SURNAMES.split(), _GIVEN_NAMES.split()
    return surnames[number * 7 % len(surnames)], given_names[number * 11 % len(given_names)]


def personnummer_of(number: int) -> str:
    """The 12 digits of the n-th person, for n below `MOST_PEOPLE`: their serial begins with 98 (Skatteverket's)."""
    serial, birthday = divmod(number, _BIRTHDAYS)
    digits = f"{_FIRST_BIRTHDAY + timedelta(days=birthday):%Y%m%d}98{serial}"
    return digits + _check_digit(digits[2:])


def _check_digit(nine: str) -> str:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(nine))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
