// The list of events: filters, cards that are made as they come into view, and, where the page is served, pictures and clips.
// Without this script the page has the events with pictures as cards and all of them as a table.
"use strict";
(() => {
  const block = document.getElementById("data");
  if (!block) return;
  const data = JSON.parse(block.textContent);
  const list = document.getElementById("events");
  list.classList.add("scripted");
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const total = data.input.length;
  const perStep = 40; // cards made at once
  const madeBefore = new Map(); // the cards with pictures that the page came with, by event
  for (const card of list.children) madeBefore.set(Number(card.dataset.event), card);
  let chosen = []; // events that pass the filters
  let made = 0; // those of them that have a card

  const make = (tag, text, type) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (type) node.className = type;
    return node;
  };
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const two = (number) => String(number).padStart(2, "0");
  const counted = (number, noun) => grouped(number) + " " + noun + (number === 1 ? "" : "s");

  // MARK: Times

  const isClock = data.inputs.some((input) => input.is_clock);
  const hasOneAxis = data.inputs.every((input) => input.is_clock) || !isClock;
  let first = Infinity, last = -Infinity;
  data.begin.forEach((begin, event) => {
    if (data.inputs[data.input[event]].is_clock !== isClock) return;
    first = Math.min(first, begin);
    last = Math.max(last, begin + data.duration[event]);
  });
  const clockText = (seconds) => new Date(Math.round(seconds) * 1000).toISOString().slice(0, 19);
  const videoText = (seconds) => {
    const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    if (last < 100 && !isClock) return Math.floor(seconds / 60) + ":" + two(Math.floor(seconds % 60)) + "." + Math.floor((seconds * 10) % 10);
    return (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(whole % 60);
  };
  const timeText = (event) => {
    if (!data.inputs[data.input[event]].is_clock) return videoText(data.begin[event]);
    const text = clockText(data.begin[event]);
    return last - first > 86400 ? text.replace("T", " ") : text.slice(11);
  };
  const durationText = (seconds) => (seconds < 100 ? seconds.toFixed(1) + " s" : videoText(seconds));

  // MARK: Cards

  const title = (event) => data.labels[data.label[event]] + (data.track[event] ? " #" + data.track[event] : "");

  const makeCard = (event) => {
    const card = make("li"), input = data.inputs[data.input[event]];
    card.dataset.event = event;
    if (data.base !== undefined && input.has_pictures) {
      const image = make("img");
      image.alt = title(event);
      image.loading = "lazy";
      image.src = data.base + "picture/" + event;
      image.addEventListener("error", () => image.remove());
      card.append(image);
    }
    const camera = data.cameras.length > 1 ? data.cameras[input.camera] + " · " : "";
    const details = camera + durationText(data.duration[event]) + " · score " + data.score[event].toFixed(2);
    card.append(make("b", title(event)), make("span", timeText(event)), make("span", details, "note"));
    for (const place of data.where[event]) card.append(make("span", data.places[place], "place"), " ");
    return card;
  };

  const cardOf = (event) => {
    const card = madeBefore.get(event) || makeCard(event);
    if (data.base !== undefined && data.inputs[data.input[event]].has_clip && !card.hasAttribute("role")) {
      card.setAttribute("role", "button");
      card.tabIndex = 0;
      card.addEventListener("click", () => play(event));
      card.addEventListener("keydown", (key) => { if (key.key === "Enter") play(event); });
    }
    return card;
  };

  const end = make("div");
  list.after(end);
  const makeMore = () => {
    const some = chosen.slice(made, made + perStep);
    made += some.length;
    list.append(...some.map(cardOf));
  };
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) watchEnd();
  }, { rootMargin: "800px" }).observe(end);
  // As long as the end of the list is near: the observer tells only of its coming.
  const watchEnd = () => {
    makeMore();
    if (made < chosen.length && end.getBoundingClientRect().top < innerHeight + 800) requestAnimationFrame(watchEnd);
  };

  // MARK: Filters

  const select = (name, options) => {
    const label = make("label", name + " "), node = make("select");
    node.append(new Option("all", ""));
    options.forEach(([text, value]) => node.append(new Option(text, value)));
    node.addEventListener("change", apply);
    label.append(node);
    form.append(label);
    return node;
  };
  const timeField = (name) => {
    const label = make("label", name + " "), node = make("input");
    node.type = isClock ? "datetime-local" : "time";
    node.step = 1;
    if (isClock) { node.min = clockText(first - 60).slice(0, 16); node.max = clockText(last + 60).slice(0, 16); }
    node.addEventListener("change", apply);
    label.append(node);
    form.append(label);
    return node;
  };
  const secondsOf = (node) => {
    if (!node || !node.value) return undefined;
    return Date.parse((isClock ? node.value : "1970-01-01T" + node.value) + "Z") / 1000;
  };
  const withCounts = (names, numbersOf) => {
    const counts = names.map(() => 0);
    for (let event = 0; event < total; event++) for (const number of numbersOf(event)) counts[number]++;
    return names.map((name, number) => [name + " (" + grouped(counts[number]) + ")", number]).filter((_, number) => counts[number]);
  };

  const apply = () => {
    const label = labels.value, camera = cameras && cameras.value, place = places && places.value;
    const from = secondsOf(fromField), to = secondsOf(toField);
    chosen = [];
    for (let event = 0; event < total; event++) {
      if (label && data.label[event] !== Number(label)) continue;
      if (camera && data.inputs[data.input[event]].camera !== Number(camera)) continue;
      if (place && !data.where[event].includes(Number(place))) continue;
      if (from !== undefined && data.begin[event] + data.duration[event] < from) continue;
      if (to !== undefined && data.begin[event] > to) continue;
      chosen.push(event);
    }
    for (const group of document.querySelectorAll(".camera")) group.hidden = Boolean(camera) && group.dataset.camera !== camera;
    for (const lane of document.querySelectorAll(".lane[data-class]")) lane.hidden = Boolean(label) && lane.dataset.class !== label;
    shown.textContent = chosen.length === total ? shownBefore : grouped(chosen.length) + " of " + counted(total, "event");
    list.replaceChildren();
    made = 0;
    watchEnd();
  };

  const shownBefore = shown.textContent;
  const labels = select("class", withCounts(data.labels, (event) => [data.label[event]]));
  const cameras = data.cameras.length > 1 && select("camera", withCounts(data.cameras, (event) => [data.inputs[data.input[event]].camera]));
  const places = data.places.length > 0 && select("zone or line", withCounts(data.places, (event) => data.where[event]));
  const fromField = hasOneAxis && timeField("from");
  const toField = hasOneAxis && timeField("to");
  const reset = make("button", "show all");
  reset.type = "reset";
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(reset);
  form.hidden = false;
  // A lane of the timeline chooses its class and camera.
  for (const lane of document.querySelectorAll(".lane[data-class]")) {
    lane.addEventListener("click", () => {
      labels.value = lane.dataset.class;
      if (cameras) cameras.value = lane.closest(".camera").dataset.camera;
      apply();
      form.scrollIntoView({ behavior: "smooth" });
    });
  }
  apply();

  // MARK: Clips

  const player = make("dialog");
  document.body.append(player);
  player.addEventListener("close", () => player.replaceChildren()); // which also ends the download
  player.addEventListener("click", (event) => { if (event.target === player) player.close(); });
  const play = (event) => {
    const number = data.input[event], input = data.inputs[number];
    const close = make("button", "close");
    close.addEventListener("click", () => player.close());
    const caption = make("p", title(event) + " · " + timeText(event) + " · " + data.cameras[input.camera] + " ");
    caption.append(close);
    if (input.problem) {
      const link = make("a", "the clip itself");
      link.href = data.base + "clip/" + number;
      link.download = input.name;
      const text = make("p", input.name + " cannot be shown here: " + input.problem + ". Another player may show ");
      text.append(link, ", at " + videoText(data.from[event]) + ".");
      player.replaceChildren(caption, text);
    } else {
      const video = make("video");
      video.controls = true;
      video.autoplay = true;
      video.muted = true;
      // A second before, to see it come.
      const start = "#t=" + Math.max(0, data.from[event] - 1).toFixed(2);
      video.src = data.base + (input.is_repacked ? "moment/" + event : "clip/" + number + start);
      video.addEventListener("error", () => caption.append(" The clip cannot be played."));
      player.replaceChildren(caption, video);
    }
    player.showModal();
  };
})();
