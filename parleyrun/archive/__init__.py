"""The archive: a store read beside the process that writes it: conversations, participants, exports, erasing."""
