// Shows the progress of work without loading the page anew. Without this file the page does that itself.
const shown = document.querySelector("[data-progress]");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
    if (answer.redirected || !found) return location.reload();
    shown.replaceChildren(...found.childNodes);
    if (found.dataset.progress === "done") return document.title = document.title.replace(/^[^·]+/, "Done ");
  } catch { /* the shop does not answer just now: look again */ }
  setTimeout(look, 500);
}

if (shown && shown.dataset.progress !== "done") setTimeout(look, 300);
