"""What every test folder shares, the services' own too: real servers on demand, and marks that name rules."""

pytest_plugins = ("pytester", "tests.parts", "tests.marks")
