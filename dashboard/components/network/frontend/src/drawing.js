// How names are drawn. Everything that strangers wrote is drawn as text on a canvas, never as HTML.

const FONT = "system-ui, sans-serif";

export function labelFont(size) {
  return `600 ${size}px ${FONT}`;
}

const GAP = 3;

// Names of a drawing: sigma asks for each, and they are drawn together at its end, those of larger
// nodes first; a name that would lie on one drawn before is left out (the table has all).
export function labelsOf(theme) {
  let asked = [];

  function ask(context, data, settings) {
    if (data.label) asked.push({ context, data, settings });
  }

  function draw() {
    const taken = [];
    asked.sort((a, b) => Boolean(b.data.forceLabel) - Boolean(a.data.forceLabel)
      || b.data.size - a.data.size || (a.data.key < b.data.key ? -1 : 1));
    for (const { context, data, settings } of asked) {
      const size = settings.labelSize;
      context.font = labelFont(size);
      const width = context.measureText(data.label).width;
      const edge = context.canvas.clientWidth || context.canvas.width;
      let x = data.x + data.size + 3;
      if (x + width > edge) x = Math.max(2, data.x - data.size - 3 - width); // else it would be cut
      const y = data.y + size / 3;
      const [left, top, right, bottom] = [x - GAP, y - size, x + width + GAP, y + size / 3];
      if (taken.some((one) => left < one[2] && right > one[0] && top < one[3] && bottom > one[1]))
        continue;
      taken.push([left, top, right, bottom]);
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeStyle = theme.background;
      context.fillStyle = theme.ink;
      context.strokeText(data.label, x, y);
      context.fillText(data.label, x, y);
    }
    asked = [];
    return taken.length;
  }

  return { ask, draw };
}

export function drawHover(theme) {
  return (context, data, settings) => {
    context.beginPath();
    context.arc(data.x, data.y, data.size + 2, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = theme.ink;
    context.stroke();
    if (!data.label) return;
    context.font = labelFont(settings.labelSize);
    const width = context.measureText(data.label).width;
    const height = settings.labelSize + 8;
    const edge = context.canvas.clientWidth || context.canvas.width;
    let x = data.x + data.size + 4;
    if (x + width + 12 > edge) x = Math.max(2, data.x - data.size - 16 - width);
    context.fillStyle = theme.panel;
    context.strokeStyle = theme.border;
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(x, data.y - height / 2, width + 12, height, 4);
    context.fill();
    context.stroke();
    context.fillStyle = theme.ink;
    context.fillText(data.label, x + 6, data.y + settings.labelSize / 3);
  };
}
