// What the pages of a purchase do besides: they work without it.
"use strict";

// An order's page looks again by itself until it is paid.
const waiting = document.querySelector("[data-look]");
if (waiting) {
  const spans = [1, 2, 2, 3, 3, 5];
  let looks = 0;
  const look = async () => {
    try {
      const answer = await fetch(waiting.dataset.look, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state !== waiting.dataset.state) {
        location.reload();
        return;
      }
    } catch {
      // The line is down: the next look will tell.
    }
    setTimeout(look, 1000 * (spans[looks++] ?? 8));
  };
  setTimeout(look, 1000);
}

// A countdown to the second, and the moment by the reader's own clock.
for (const time of document.querySelectorAll(".countdown")) {
  const end = new Date(time.dateTime);
  const clock = time.nextElementSibling;
  const moment = end.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  clock.textContent = `, ${clock.dataset.words} ${moment}`;
  clock.hidden = false;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    time.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left) setTimeout(tick, 1000);
  };
  tick();
}

// Pressing Pay twice is one order in any case; a button that was pressed looks so.
for (const form of document.querySelectorAll("form.once")) {
  form.addEventListener("submit", () => form.querySelector("button").setAttribute("aria-disabled", "true"));
}
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// After an error the summary is what a reader should meet first.
document.getElementById("errors")?.focus();
