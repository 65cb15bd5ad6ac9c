"""Open a page in a browser engine without a screen, and say what happened there.

    python docs/browser.py PAGE [--evaluate JS] [--screenshot PNG] [--pdf PDF] [--size 1280x800]

The engine is QtWebEngine (Chromium), from the package PySide6-WebEngine. Prints one JSON object: `loaded`, the
`console` messages as [level, text], and the `value` of the expression.
"""

import argparse
import json
import os
import sys
from pathlib import Path


SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--evaluate", default="null", help="an expression; its value must be text, number or null")
    parser.add_argument("--screenshot", type=Path)
    parser.add_argument("--pdf", type=Path)
    parser.add_argument("--size", default="1280x800")
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--no-sandbox --disable-gpu --log-level=3"
    told = browse(arguments)
    print(json.dumps(told))
    return 0 if told["loaded"] else 1


def browse(arguments: argparse.Namespace) -> dict:
    """Load the page, wait until it is drawn, and do what was asked for."""
    from PySide6.QtCore import QTimer, QUrl
    from PySide6.QtWebEngineCore import QWebEnginePage
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    told = {"loaded": False, "console": [], "value": None}

    class Page(QWebEnginePage):
        def javaScriptConsoleMessage(self, level, message, line, source):
            told["console"].append([level.name, message])

    application = QApplication(sys.argv[:1])
    view = QWebEngineView()
    page = Page(view)
    view.setPage(page)
    view.resize(*map(int, arguments.size.split("x")))

    def finish(_=None):
        if arguments.screenshot:
            view.grab().save(str(arguments.screenshot))
        application.quit()

    def evaluated(value):
        told["value"] = value
        if arguments.pdf:
            page.pdfPrintingFinished.connect(finish)
            page.printToPdf(str(arguments.pdf))
        else:
            finish()

    def loaded(well: bool):
        told["loaded"] = well
        QTimer.singleShot(500, lambda: page.runJavaScript(arguments.evaluate, evaluated))  # let it be drawn first

    page.loadFinished.connect(loaded)
    page.load(QUrl.fromLocalFile(str(arguments.page.resolve())))
    view.show()
    QTimer.singleShot(1000 * SECONDS, application.quit)
    application.exec()
    view.setPage(None)
    return told


if __name__ == "__main__":
    sys.exit(main())
