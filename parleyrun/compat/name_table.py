"""Which of ParlAI's modules we have, and what stands in each for which name."""

from __future__ import annotations

from collections.abc import Mapping

_Homes = tuple[tuple[str, str], ...]
"""Modules of ours, each with the names in it; `Theirs=ours` where ParlAI calls it otherwise."""

_SERVICES = ("messenger", "websocket", "browser_chat", "terminal_chat")

_CHAT_WORLDS: _Homes = (("parleyrun.compat.chat.chat_worlds", "OnboardWorld SimpleMessengerOverworld"),)
_CHAT_LOG: _Homes = (
    ("parleyrun.compat.chat.chat_log", "print_and_log set_is_debug set_log_level set_label"),
    ("logging", "DEBUG INFO WARNING ERROR CRITICAL WARN"),
)
_SEATS: _Homes = (
    (
        "parleyrun.runner.seats.parlai_seat",
        "ChatServiceAgent=ParlaiSeat MessengerAgent=ParlaiSeat WebsocketAgent=ParlaiSeat "
        "BrowserAgent=ParlaiSeat TerminalAgent=ParlaiSeat",
    ),
)
_WORLDS: _Homes = (
    ("parleyrun.compat.chat.chat_worlds", "World=ParlaiWorld"),
    ("parleyrun.core.worlds.dialog", "DialogPartnerWorld MultiAgentDialogWorld"),
    ("parleyrun.core.worlds.executable", "ExecutableWorld"),
    ("parleyrun.core.worlds.multi", "MultiWorld"),
    ("parleyrun.core.worlds.batch", "BatchWorld"),
    ("parleyrun.core.worlds.dynamic_batch", "DynamicBatchWorld"),
    ("parleyrun.core.worlds.hogwild.hogwild_world", "HogwildWorld"),
    ("parleyrun.core.worlds.task_world", "create_agents_for_task create_task_world"),
    ("parleyrun.core.asking", "validate"),
    ("parleyrun.core.sharing", "override_opts_in_shared"),
    ("parleyrun.compat.library.agent_making", "create_task=create_parlai_task"),
    ("parleyrun.compat.library.conveniences", "display_messages"),
)
_SHARING = "create_agent_from_shared create_agents_from_shared"
_PARSING = "ParlaiParser print_announcements get_model_name str2bool str2floats"

_STANDING: Mapping[str, _Homes] = {
    "parlai.core.worlds": _WORLDS,
    "parlai.core.agents": (
        ("parleyrun.core.agents", "Agent"),
        ("parleyrun.core.sharing", _SHARING),
        ("parleyrun.compat.library.parlai_teachers", "Teacher=CustomTeacher"),
        (
            "parleyrun.compat.library.agent_making",
            "create_agent create_agent_from_model_file create_agent_from_opt_file "
            "create_task_agent_from_taskname get_agent_module",
        ),
    ),
    "parlai.core.message": (("parleyrun.compat.library.parlai_message", "Message=ParlaiMessage"),),
    "parlai.core.opt": (("parleyrun.core.open_opt", "Opt=OpenOpt"),),
    "parlai.core.params": (
        ("parleyrun.compat.library.parlai_parser", _PARSING),
        ("parleyrun.compat.library.data_files", "modelzoo_path"),
        ("parleyrun.core.open_opt", "Opt=OpenOpt"),
    ),
    "parlai.core.teachers": (
        (
            "parleyrun.compat.library.parlai_teachers",
            "Teacher=CustomTeacher DialogTeacher=TupleTeacher FixedDialogTeacher=NumberedTeacher "
            "ParlAIDialogTeacher=LineTeacher FbDialogTeacher=NumberedLineTeacher "
            "FbDeprecatedDialogTeacher=NumberedLineTeacher",
        ),
        ("parleyrun.compat.library.agent_making", "create_task_agent_from_taskname"),
        ("parleyrun.compat.library.registering", "register_teacher"),
    ),
    "parlai.core.metrics": (
        (
            "parleyrun.core.metrics.metrics",
            "Metric AverageMetric SumMetric FixedMetric MacroAverageMetric aggregate_named_reports",
        ),
        ("parleyrun.core.metrics.text_metrics", "ExactMatchMetric F1Metric"),
        ("parleyrun.core.metrics.bleu", "BleuMetric"),
    ),
    "parlai.core.build_data": (
        (
            "parleyrun.compat.library.data_files",
            "DownloadableFile built mark_done make_dir remove_dir move download untar unzip modelzoo_path",
        ),
    ),
    "parlai.core.script": (("parleyrun.compat.library.scripts", "ParlaiScript register_script"),),
    "parlai.core.loader": (
        (
            "parleyrun.compat.library.registering",
            "register_agent register_teacher load_agent_module load_task_module "
            "load_teacher_module=load_task_module",
        ),
        ("parleyrun.compat.library.scripts", "register_script"),
    ),
    "parlai.utils.misc": (
        (
            "parleyrun.compat.library.conveniences",
            "warn_once AttrDict Timer=StopWatch TimeLogger NoLock SimpleCounter round_sigfigs nice_report "
            "str_to_msg msg_to_str display_messages load_cands recursive_getattr set_namedtuple_defaults "
            "float_formatter maintain_dialog_history",
        ),
        ("parleyrun.core.open_opt", "Opt=OpenOpt"),
        ("parleyrun.compat.library.parlai_message", "Message=ParlaiMessage"),
    ),
    "parlai.utils.strings": (
        (
            "parleyrun.compat.library.reply_texts",
            "normalize_reply uppercase name_to_classname name_to_agent_class colorize",
        ),
    ),
    "parlai.utils.logging": (
        (
            "parleyrun.compat.library.log_lines",
            "logger log verbose spam debug info report success warning warn=warning error critical set_log_level "
            "disable enable SPAM SUCCESS",
        ),
        ("logging", "DEBUG INFO WARNING ERROR CRITICAL"),
    ),
    "parlai.utils.pickle": (("pickle", "load loads dump dumps Unpickler"),),
    "parlai.utils.io": (("parleyrun.compat.library.path_manager", "PathManager"),),
    "parlai.utils.typing": (("typing", "TShared=Any TScalar=Any"),),
    "parlai.utils.data": (("parleyrun.compat.library.datatype_helper", "DatatypeHelper"),),
    "parlai.utils.world_logging": (("parleyrun.compat.library.world_logger", "WorldLogger"),),
    "parlai.utils.distributed": (
        (
            "parleyrun.compat.library.lone_process",
            "is_distributed is_primary_worker num_workers get_rank get_dist_group sync_object sync_parameters "
            "all_gather_list check_synced_parameters override_print distributed_context",
        ),
    ),
    "parlai.scripts.display_data": (
        ("parleyrun.compat.library.scripts", "DisplayData display_data setup_args=script_args"),
    ),
    "parlai.scripts.eval_model": (
        ("parleyrun.compat.library.scripts", "EvalModel eval_model setup_args=evaluation_args"),
    ),
    "parlai.scripts.interactive": (
        ("parleyrun.compat.library.scripts", "Interactive interactive setup_args=script_args"),
    ),
    "parlai.scripts.self_chat": (
        ("parleyrun.compat.library.scripts", "SelfChat self_chat setup_args=script_args"),
    ),
    "parlai.agents.local_human.local_human": (("parleyrun.compat.library.local_human", "LocalHumanAgent"),),
    "parlai.agents.repeat_label.repeat_label": (("parleyrun.bots.repeat_label", "RepeatLabelAgent"),),
    "parlai.agents.repeat_query.repeat_query": (("parleyrun.bots.repeat_query", "RepeatQueryAgent"),),
    "parlai.agents.random_candidate.random_candidate": (
        ("parleyrun.bots.random_candidate", "RandomCandidateAgent"),
    ),
    "parlai.agents.fixed_response.fixed_response": (
        ("parleyrun.bots.written.fixed_response", "FixedResponseAgent"),
    ),
    "parlai.agents.ir_baseline.ir_baseline": (("parleyrun.bots.ir_baseline", "IrBaselineAgent"),),
    "parlai.chat_service.core.agents": _SEATS,
    "parlai.chat_service.core.worlds": _CHAT_WORLDS,
    "parlai.chat_service.utils.config": (
        ("parleyrun.compat.chat.configuration_file", "WorldConfig parse_configuration_file"),
    ),
    "parlai.chat_service.utils.logging": _CHAT_LOG,
    "parlai.chat_service.utils.misc": (
        (
            "parleyrun.compat.chat.chat_helpers",
            "TaskState get_world_module get_world_fn_attr get_eligibility_fn get_assign_roles_fn "
            "default_assign_roles_fn DEFAULT_ONBOARD_DATA",
        ),
    ),
    "parlai.chat_service.utils.timeout": (("parleyrun.compat.chat.time_outs", "TimeoutUtils"),),
    **{
        f"parlai.chat_service.services.{service}.{what}": homes
        for service in _SERVICES
        for what, homes in (("agents", _SEATS), ("worlds", _CHAT_WORLDS))
    },
    "parlai.messenger.core.agents": _SEATS,
    "parlai.messenger.core.worlds": _CHAT_WORLDS,
    "parlai.messenger.core.shared_utils": _CHAT_LOG,
    "parlai.messenger.core.messenger_manager": (
        ("parleyrun.compat.chat.script_manager", "MessengerManager=ScriptManager"),
    ),
    "parlai.chat_service.services.messenger.messenger_manager": (
        ("parleyrun.compat.chat.script_manager", "MessengerManager=ScriptManager"),
    ),
    "parlai.crowdsourcing.utils.worlds": (
        ("parleyrun.compat.chat.chat_worlds", "CrowdOnboardWorld=CrowdWorld CrowdTaskWorld=CrowdWorld"),
    ),
    "parlai.mturk.core.worlds": (
        ("parleyrun.compat.chat.chat_worlds", "MTurkOnboardWorld=CrowdWorld MTurkTaskWorld=CrowdWorld"),
    ),
}


def _names_of(homes: _Homes) -> dict[str, str]:
    names = {}
    for home, listed in homes:
        for name in listed.split():
            theirs, _, ours = name.partition("=")
            names[theirs] = f"{home}:{ours or theirs}"
    return names


NAMES: Mapping[str, Mapping[str, str]] = {module: _names_of(homes) for module, homes in _STANDING.items()}
"""By ParlAI's modules, each of their names with where ours is: `module:name`."""

OF_TASKS: Mapping[str, Mapping[str, str]] = {
    "parlai.tasks.squad": {},
    "parlai.tasks.squad.agents": _names_of((("parleyrun.tasks.squad", "DefaultTeacher"),)),
    "parlai.tasks.babi": {},
    "parlai.tasks.babi.agents": _names_of((("parleyrun.tasks.babi", "Task1kTeacher Task10kTeacher"),)),
}
"""The same of tasks that come with us, and that are ours where the project has none of that name."""

TORCH_NAMES: Mapping[str, frozenset[str]] = {
    "parlai.utils.misc": frozenset({"padded_tensor", "padded_3d", "argsort"}),
    "parlai.core.worlds": frozenset({"HogwildProcess"}),
}
"""Names that only ParlAI itself has, in modules that we have."""

_FOR_TORCH = (
    *(f"parlai.core.torch_{kind}" for kind in ("agent", "generator_agent", "ranker_agent", "classifier_agent")),
    *(f"parlai.core.{name}" for name in ("torch_image_agent", "dict", "logs", "image_featurizers", "mutators")),
    *(f"parlai.utils.{name}" for name in ("torch", "fp16", "bpe", "fsdp", "safety", "flake8", "testing")),
    *(
        f"parlai.scripts.{name}"
        for name in ("train_model", "build_dict", "distributed_train", "multiprocessing_train")
    ),
    "parlai.chat_service.core.chat_service_manager",
    "parlai.chat_service.core.world_runner",
    "parlai.chat_service.core.manager_utils",
    "parlai.chat_service.core.socket",
    "parlai.chat_service.utils.image",
    "parlai.chat_service.utils.server",
    *(f"parlai.chat_service.services.{service}" for service in _SERVICES),
    "parlai.messenger.core.message_sender",
    "parlai.messenger.core.message_socket",
    "parlai.mturk.core",
    "parlai.crowdsourcing.utils",
    "parlai.agents",
    "parlai.zoo",
)
"""Modules, with all below them, that only ParlAI has: managers, sockets, crowdsourcing, and what needs torch."""


_STOCK_AGENTS = (
    *("bart", "bert_classifier", "bert_ranker", "drqa", "examples", "fid", "hugging_face", "image_seq2seq"),
    *("language_model", "legacy_agents", "local_human", "memnn", "mlp", "reranker", "retriever_reader", "rag"),
    *("safe_local_human", "seq2seq", "starspace", "test_agents", "tfidf_retriever", "transformer", "unigram"),
)
"""Agents that come with ParlAI, under `parlai.agents`."""

_STOCK_OF_SERVICES = (
    *("agents", "worlds", "run", "client", "sockets", "socket", "message_sender", "message_socket"),
    *("messenger_manager", "websocket_manager", "browser_manager", "terminal_manager", "browser_chat_manager"),
)
"""Modules that come with each of ParlAI's chat services."""


def may_be_of_project(module: str) -> bool:
    """Return whether a project may have this module itself: for one that ParlAI brings along it may not."""
    if not is_for_torch(module):
        return True
    parts = module.split(".")
    if parts[1] == "agents":
        return parts[2] not in _STOCK_AGENTS
    if parts[1:3] == ["chat_service", "services"]:
        return len(parts) > 4 and parts[4] not in _STOCK_OF_SERVICES
    return False


def is_for_torch(module: str) -> bool:
    """Return whether a module is one that only ParlAI itself has: its names can be imported, and not used."""
    return any(module == known or module.startswith(f"{known}.") for known in _FOR_TORCH)


def _packages() -> frozenset[str]:
    above = {
        "parlai.tasks",
        "parlai.chat_service.tasks",
        "parlai.messenger.tasks",
        "parlai.zoo",
        "parlai.projects",
    }
    for module in (*NAMES, *_FOR_TORCH):
        parts = module.split(".")
        above.update(".".join(parts[:length]) for length in range(1, len(parts)))
    return frozenset(above - {"parlai.zoo"} - NAMES.keys())


PACKAGES = _packages()
"""ParlAI's packages: each is ours, whatever its own `__init__` does, and has the project's modules in it, too."""
