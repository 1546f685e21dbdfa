"""What every test folder shares, the services' own too: real servers on demand, and marks that name rules."""

pytest_plugins = ("tests.parts", "tests.marks")
