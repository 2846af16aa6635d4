"use strict";
// Asks what is typed or chosen, and shows both answers as they come.
(() => {
  const find = (id) => document.getElementById(id);
  const form = find("form"), box = find("prompt"), button = find("ask"), state = find("state");
  const answers = find("answers"), listed = find("listed");
  const prompts = JSON.parse(find("prompts").textContent);
  const BROKEN = "There is no answer. Does engram still run?";
  let current = null; // what ends the asking that is going on

  async function* lines(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) yield JSON.parse(part);
    }
  }

  // Only what changed is announced. The server escapes whatever is data in its markup.
  function say(markup) {
    if (state.dataset.said === markup) return;
    state.dataset.said = markup;
    state.innerHTML = markup;
  }

  function complain(sentence) {
    state.dataset.said = "";
    state.textContent = sentence;
  }

  async function show(prompt, item, signal) {
    const body = JSON.stringify({ prompt });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("ask", { method: "POST", headers, body, signal });
    let whole = false;
    for await (const event of lines(response.body)) {
      if (event.fault) return complain(event.fault);
      if (!item.isConnected) answers.prepend(item);
      item.innerHTML = event.card;
      say(event.state);
      whole = event.done;
    }
    if (!whole) complain(BROKEN);
  }

  async function ask(prompt) {
    current?.abort();
    if (!prompt.trim()) return complain("There is nothing to ask.");
    const own = (current = new AbortController());
    const item = document.createElement("li");
    item.ariaBusy = "true";
    button.textContent = "Stop";
    say("Waiting for the model.");
    try {
      await show(prompt, item, own.signal);
    } catch {
      if (current === own) complain(own.signal.aborted ? "Stopped." : BROKEN);
    }
    item.ariaBusy = null;
    if (current !== own) return; // another asking has begun
    current = null;
    button.textContent = "Ask";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (current) current.abort();
    else ask(box.value);
  });
  box.addEventListener("keydown", (event) => {
    // Enter also ends the choice of a character where several keys make one.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask(box.value);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") current?.abort();
  });
  listed?.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (!item || !event.target.closest("button")) return;
    box.value = prompts[[...listed.children].indexOf(item)];
    ask(box.value);
  });
  box.focus();
})();
