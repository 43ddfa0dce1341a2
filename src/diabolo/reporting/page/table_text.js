// Rows as the text of a CSV file (RFC 4180).

function cell(value) {
  if (value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))) {
    return "";
  }
  const text = String(value);
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Write a header and rows as CSV. */
export function csvText(header, rows) {
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
