from .row_types import AnswerCells as AnswerCells
from .row_types import LineCells as LineCells
from .row_types import ParticipantCells as ParticipantCells
from .row_types import RunCells as RunCells
from .selection import Selection as Selection
from .study_tables import StudyTable as StudyTable
from .study_tables import StudyTables as StudyTables
from .study_tables import open as open
