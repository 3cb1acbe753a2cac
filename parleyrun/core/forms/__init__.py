"""Forms: questions with typed answers, how answers are checked, and how they are asked one by one."""
