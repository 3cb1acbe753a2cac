from .selection import Selection as Selection
from .study_tables import StudyTable as StudyTable
from .study_tables import StudyTables as StudyTables
from .study_tables import open as open
