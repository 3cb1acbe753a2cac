"""What the chat page says of its own accord; `Texts` is what the service says."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.forms.sentence_field import sentence_field as _shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTexts:
    """Every sentence and label of the page. Where something is counted, there is one for 1 and one for more."""

    page_title: str = _shown("as the page's title, until the study's is known", "Conversation")
    page_no_script: str = _shown(
        "where a browser has no JavaScript",
        "This page needs JavaScript. Please switch it on and load the page again.",
    )
    page_messages: str = _shown("by screen readers, of the list of messages", "Messages")
    page_your_message: str = _shown("by screen readers, of the field to write in", "Your message")
    page_write: str = _shown("in the empty field to write in", "Write a message…")
    page_send: str = _shown("by screen readers, of the button that sends", "Send")
    page_connecting: str = _shown("while the page connects", "Connecting…")
    page_reconnecting: str = _shown(
        "while the page connects again",
        "Reconnecting… What you write is kept and sent once the connection is back.",
    )
    page_no_websocket: str = _shown(
        "where the page is reached and conversations are not, as behind a proxy that passes no websockets",
        "This page is reached, but conversations do not get through: something between here and the server keeps "
        "them out. Please tell the people who sent you here.",
    )
    page_seat_lost: str = _shown(
        "to someone whose conversation is not on record any more",
        "Your earlier conversation is no longer here. This is a new one.",
    )
    page_too_long: str = _shown(
        "of a message that broke the connection", "That message is too long to be sent. Please shorten it."
    )
    page_not_taken: str = _shown("of a message that was not taken", "That message was not taken.")
    page_door: str = _shown("in the header, while the password is asked for", "At the door")
    page_overworld: str = _shown("in the header, at the menu", "In the lobby")
    page_onboarding: str = _shown("in the header, during an onboarding", "Getting ready")
    page_waiting: str = _shown("in the header, to someone who waits", "Waiting for a partner")
    page_task: str = _shown("in the header, in a conversation", "In conversation")
    page_task_as: str = _shown("in the header, to someone who has a role", "In conversation as {role}", "role")
    page_afterwards: str = _shown("in the header, in what is asked after a conversation", "A few last questions")
    page_with: str = _shown("in the header, of who else is in the conversation", "with {names}", "names")
    page_time_left: str = _shown("by screen readers, of the time that a conversation has", "Time left")
    page_instructions: str = _shown(
        "above the instructions of a role, and on the button to them", "Your instructions"
    )
    page_finish: str = _shown("on the button that says that one would like to finish", "Finish")
    page_finish_wish: str = _shown(
        "when a partner would like to finish, where there is that button",
        "{name} would like to finish. If you would like that too, choose “{button}”.",
        "name",
        "button",
    )
    page_react: str = _shown("on the button beside a line, where people may react to it", "React")
    page_reply: str = _shown("on the button that replies to a line", "Reply")
    page_react_or_reply: str = _shown("on the button beside a line, where people may do both", "React or reply")
    page_reply_to: str = _shown("above what is replied to", "Reply to {name}", "name")
    page_no_reply: str = _shown("on the button that takes away what was to be replied to", "Do not quote this")
    page_no_paste: str = _shown(
        "to someone who pastes where that is not wanted", "Nothing can be pasted here. Please write it yourself."
    )
    page_attach: str = _shown(
        "on the button that adds a file to a message",
        "Add a picture, sound, video or PDF file (up to {size})",
        "size",
    )
    page_file_describe: str = _shown(
        "beside a file that was chosen", "Describe it in a few words for those who cannot see it"
    )
    page_file_remove: str = _shown("by screen readers, of the button beside such a file", "Remove {name}", "name")
    page_file_kind: str = _shown(
        "to someone who chooses another file",
        "Files of this kind cannot be sent here. Pictures, sounds, videos and PDF files can.",
    )
    page_file_too_large: str = _shown(
        "to someone who chooses a large file", "This file is too large: at most {size} can be sent.", "size"
    )
    page_file_lost: str = _shown(
        "where the page was loaded again before a file was sent", "The file was not sent. Please choose it again."
    )
    page_enlarge: str = _shown(
        "by screen readers, of a picture that can be seen larger", "Enlarge: {name}", "name"
    )
    page_close: str = _shown("by screen readers, of the button that closes such a picture", "Close")
    page_sound: str = _shown("on the button that switches sounds on and off", "Sound when something new comes")
    page_partner_found: str = _shown(
        "in the title of a tab that nobody looks at, once a partner is found", "Partner found"
    )
    page_away: str = _shown(
        "of a partner who lost the connection", "{name} is away. They have a moment to come back.", "name"
    )
    page_back: str = _shown("of a partner who is back", "{name} is back.", "name")
    page_left: str = _shown("of a partner who left for good", "{name} has left the conversation.", "name")
    page_silent: str = _shown(
        "of a partner who did not answer in the time they had", "{name} has not answered in time.", "name"
    )
    page_someone: str = _shown("where a partner's name is not known", "Your partner")
    page_you: str = _shown("by screen readers, of who speaks", "You")
    page_notice: str = _shown("by screen readers, of what the system says", "Notice")
    page_bot: str = _shown("beside the name of a bot that people are told of", "Bot")
    page_sending: str = _shown("below a message that is on its way", "Sending…")
    page_sent: str = _shown("below a message that is on record", "Sent")
    page_not_sent: str = _shown("below a message that was not taken", "Not sent")
    page_read: str = _shown("below a message that was read", "Read")
    page_read_by: str = _shown("below a message that was read by these", "Read by {names}", "names")
    page_try_again: str = _shown("on a button that sends again, or connects again", "Try again")
    page_edit: str = _shown("on a button that puts a message back into the field", "Edit")
    page_read_on: str = _shown("on a button that leads on in a long text", "Read on")
    page_new_message: str = _shown("on a button that leads to one message", "1 new message")
    page_new_messages: str = _shown("on a button that leads to messages", "{count} new messages", "count")
    page_suggested: str = _shown("by screen readers, of the answers to choose from", "Suggested answers")
    page_offers: str = _shown("by screen readers, after a question", "Suggested answers: {answers}", "answers")
    page_more_answer: str = _shown("on a button that shows one more answer", "1 more answer")
    page_more_answers: str = _shown("on a button that shows more answers", "{count} more answers", "count")
    page_typing: str = _shown("while somebody without a name types", "Typing")
    page_is_typing: str = _shown("while one person types", "{name} is typing", "name")
    page_are_typing: str = _shown("while two people type", "{names} are typing", "names")
    page_many_typing: str = _shown("while more than two people type", "Several people are typing")
    page_picture: str = _shown("of a picture that has no description", "Picture")
    page_attachment: str = _shown("of an attachment that has no name", "Attachment")
    page_reaction_taken_back: str = _shown("where somebody took a reaction back", "(took a reaction back)")
    page_cannot_show: str = _shown(
        "in place of an attachment of an unknown kind", "An attachment that this page cannot show."
    )
    page_did_not_load: str = _shown(
        "in place of an attachment that cannot be had", "“{name}” could not be loaded.", "name"
    )
    page_open: str = _shown("on the link to such an attachment", "Open it in a new tab")
    page_goodbye_title: str = _shown("above the end of a visit", "This conversation has ended")
    page_goodbye_text: str = _shown("at the end of a visit, if `goodbye` is empty", "Thank you for taking part.")
    page_left_title: str = _shown("above the end, to someone who was away too long", "You were away for a while")
    page_left_text: str = _shown("to someone who was away too long", "Your place was given up in the meantime.")
    page_closing_title: str = _shown("above the end, while the service is closed", "Closed for now")
    page_closing_text: str = _shown("while the service is closed", "Please come back later.")
    page_elsewhere_title: str = _shown("where a newer tab has the seat", "This conversation is open elsewhere")
    page_elsewhere_text: str = _shown("where a newer tab has the seat", "It goes on where you opened it last.")
    page_link_title: str = _shown("to someone whose signed link is wrong", "This link does not work")
    page_link_text: str = _shown(
        "to someone whose signed link is wrong", "Please open it exactly as you were given it."
    )
    page_refused_title: str = _shown(
        "to someone who is not invited, or whose device will not do", "You cannot take part here"
    )
    page_once_title: str = _shown("to someone who may take part only once", "You have taken part already")
    page_once_text: str = _shown(
        "to someone who may take part only once", "Thank you! There is nothing more to do here."
    )
    page_start_again: str = _shown("on the button that begins another visit", "Start again")
    page_continue_here: str = _shown("on the button that takes the seat back", "Continue here")
    page_code: str = _shown("at the end, above a completion code", "Your completion code")
    page_copy_code: str = _shown("on the button that copies the code", "Copy code")
    page_copied: str = _shown("once the code is copied", "Copied")
    page_back_to: str = _shown("on the button that leads back to a panel", "Back to {panel}", "panel")
    page_go_on: str = _shown("on the button that leads on from the end of a visit", "Continue")
    page_form: str = _shown("by screen readers, of a form that has no title", "Questions")
    page_form_required: str = _shown("in a form, of what needs an answer", "Required")
    page_form_back: str = _shown("on the button that leads to the page of a form before this one", "Back")
    page_form_page: str = _shown("above each page of a form", "Page {page} of {pages}", "page", "pages")
    page_form_example: str = _shown("below a question that has an example", "For example: {example}", "example")
    page_form_clear: str = _shown("on the button that takes an answer back", "Clear this answer")
    page_form_unset: str = _shown("by screen readers, of a slider that has not been touched", "Not answered yet")
    page_form_up: str = _shown(
        "by screen readers, of the button that moves something up", "Move “{option}” up", "option"
    )
    page_form_down: str = _shown(
        "by screen readers, of the button that moves something down", "Move “{option}” down", "option"
    )
    page_form_keep: str = _shown("on the button that takes an order as it is", "Keep this order")
    page_form_sent: str = _shown("in place of a form that was sent off", "Your answers have been sent.")
    page_form_over: str = _shown("in place of a form that ended before", "These questions are closed.")
