"""The profile folder: what an owner writes, checked whole, and where its state lives."""

from avatar.profile.checks import check, load
from avatar.profile.edits import ProfileEdits
from avatar.profile.findings import Finding, Severity
from avatar.profile.model import PROFILE_FILE, Profile
from avatar.profile.places import find, home, profile_id, register, registered, state_folder
from avatar.profile.sections import (
    AnsweringSection,
    AnswersSection,
    ChannelsSection,
    EscalationSection,
    ExtraEmbedder,
    IndexSection,
    ModelSection,
    OwnerSection,
    SourceSection,
    WebSection,
)
from avatar.profile.template import NewProfile, kinds_and_paths, write

__all__ = [
    "PROFILE_FILE",
    "AnsweringSection",
    "AnswersSection",
    "ChannelsSection",
    "EscalationSection",
    "ExtraEmbedder",
    "Finding",
    "IndexSection",
    "ModelSection",
    "NewProfile",
    "OwnerSection",
    "Profile",
    "ProfileEdits",
    "Severity",
    "SourceSection",
    "WebSection",
    "check",
    "find",
    "home",
    "kinds_and_paths",
    "load",
    "profile_id",
    "register",
    "registered",
    "state_folder",
    "write",
]
