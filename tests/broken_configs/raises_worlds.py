"""A module that fails in a function it calls while it is imported."""

PEOPLE = {"ann": 1}


def look_up(name):
    return PEOPLE[name]


ANN = look_up("bob")
