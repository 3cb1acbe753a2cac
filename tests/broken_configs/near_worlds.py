"""Good worlds, with names beside them that nobody looks for."""

from broken_worlds import Chat, Lobby


class Excluding(Chat):
    @staticmethod
    def eligibility_fn(session):
        return False

    @staticmethod
    def assign_role(agents):
        return None

    def shut_down(self):
        return None


class Returning(Lobby):
    def return_overword(self):
        return None


def module_initialise(opt, service):
    return None


def mark_remove(participant_id, page_id):
    return None


def eligibility(session):
    return False


def farewell(session):
    """No name that anybody could have meant."""


onboard_function = {"chat": farewell}
eligibility_functions = {"chta": farewell}
