"""What a view is, and what it is given.

A view is an object that satisfies `View`, registered in `dashboard.views` or by another package as
an entry point of the group ``tocsin.views``. It reads through `ViewContext.queries`; marks and
cases are the only things that it may write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tocsin.core.messages import Message

if TYPE_CHECKING:
    from dashboard.components.account_names import AccountNames
    from dashboard.components.theme import Palette
    from dashboard.queries import WorkspaceQueries
    from tocsin.core.language.words import Words
    from tocsin.core.workspace import Workspace


@dataclass(frozen=True)
class ViewContext:
    """What a view needs for one drawing of its page, for one reader.

    Attributes:
        workspace: the workspace that is shown.
        queries: everything that can be read of it, cached.
        words: the reader's language and time zone.
        account_names: how accounts are called, pseudonyms included.
        palette: the colours of the theme in force.
        pages: view name -> Streamlit's page object, for links.
    """

    workspace: Workspace
    queries: WorkspaceQueries
    words: Words
    account_names: AccountNames
    palette: Palette
    pages: Mapping[str, Any]

    def display_names(self, authors: Sequence[str]) -> dict[str, str]:
        """Author id -> display name, where only ids are known; handles only where they may show."""
        hidden = self.account_names.pseudonymised
        handles: Mapping[str, str] = {} if hidden else self.queries.handles(authors)
        return {
            author: self.account_names.display_name(author, handles.get(author))
            for author in authors
        }


class View(Protocol):
    """A page.

    Attributes:
        name: the name of the page in its address; as registered.
        title: its title in the menu: a key of the catalogues, or a message that brings its own
            words (`tocsin.core.messages.local`).
        icon: a Material symbol, such as ``:material/hub:``.
    """

    name: str
    title: Message
    icon: str

    def render(self, context: ViewContext) -> None:
        """Draw the page. A `tocsin.core.errors.TocsinError` becomes its sentence on the screen."""
