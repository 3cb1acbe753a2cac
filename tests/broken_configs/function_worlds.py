"""Worlds as plain functions, some of which cannot be called."""


def overworld_func(opt):
    return "chat"


def onboard(opt, agent, task_id):
    return {}


def play(opt, agents):
    return None


async def talk(manager, opt, agents, task_id):
    return None


task_functions = {"chat": talk}
assign_role_functions = [talk]
eligibility_functions = {"chat": lambda: True}
