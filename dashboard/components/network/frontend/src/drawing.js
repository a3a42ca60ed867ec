// How names are drawn. Everything that strangers wrote is drawn as text on a canvas, never as HTML.

const FONT = "system-ui, sans-serif";

export function labelFont(size) {
  return `600 ${size}px ${FONT}`;
}

export function drawLabel(theme) {
  return (context, data, settings) => {
    if (!data.label) return;
    context.font = labelFont(settings.labelSize);
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = theme.background;
    context.fillStyle = theme.ink;
    let x = data.x + data.size + 3;
    const width = context.measureText(data.label).width;
    const edge = context.canvas.clientWidth || context.canvas.width;
    if (x + width > edge) x = Math.max(2, data.x - data.size - 3 - width); // else it would be cut
    const y = data.y + settings.labelSize / 3;
    context.strokeText(data.label, x, y);
    context.fillText(data.label, x, y);
  };
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
