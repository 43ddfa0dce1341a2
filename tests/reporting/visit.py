"""Pages opened from the disk, and all that they complained of."""

from pathlib import Path

from screenshots.chromium import READY

TALL = 800


class Visit:
    """Pages that one test opens, each as a person who has never been there sees it.

    Parameters
    ----------
    browser : playwright.sync_api.Browser

    Attributes
    ----------
    complaints : list of str
        Errors in the console, exceptions that nothing caught, dialogs, and every request for anything but the
        page's own file, ``data:`` and ``blob:``. A test that expects one clears the list.
    """

    def __init__(self, browser):
        self._browser = browser
        self._contexts = []
        self.complaints = []

    def open(self, path, *, width=1280, height=TALL, color_scheme="light", locale="en-US", **options):
        """Open a file in a browser that knows nothing, the network off.

        Parameters
        ----------
        path : str or Path
            An HTML file.
        width, height : int
            Of the window, in CSS pixels.
        color_scheme : {"light", "dark"}
        locale : str
            The browser's language.
        **options
            Of Playwright's ``new_context``: ``has_touch=True``, ``reduced_motion="reduce"``.

        Returns
        -------
        playwright.sync_api.Page
            Loaded.
        """
        address = Path(path).resolve().as_uri()
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            locale=locale,
            offline=True,
            **options,
        )
        self._contexts.append(context)
        context.on("request", lambda request: self._look_at(request.url, address))
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"not caught: {error}"))
        page.on("dialog", self._dismiss)
        page.on("websocket", lambda socket: self.complaints.append(f"asked for {socket.url}"))
        page.goto(address)
        return page

    def report(self, path, **options):
        """Open a report as `open` does, and wait until all of its rows are unpacked."""
        page = self.open(path, **options)
        for _ in range(500):
            if self.complaints or page.locator(READY).count():
                return page
            page.wait_for_timeout(20)
        raise AssertionError("the page's rows are not unpacked after 10 s")

    def end(self):
        """Close what was opened, and fail where a page complained."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        if self.complaints:
            raise AssertionError("the page complained: " + "; ".join(self.complaints))

    def _look_at(self, url, address):
        if url.partition("#")[0] != address and not url.startswith(("data:", "blob:")):
            self.complaints.append(f"asked for {url}")

    def _listen(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _dismiss(self, dialog):
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
