// Wakes on a push and shows it; a tap opens its link. Registered by the inbox page, caches nothing.
self.addEventListener("push", (event) => {
  let said = { title: "yufang 预防", body: "", link: "/inbox", id: "" };
  try {
    said = { ...said, ...event.data.json() };
  } catch {
    // an empty push still has to show something
  }
  event.waitUntil(
    self.registration.showNotification(said.title, { body: said.body, tag: said.id, data: said.link, requireInteraction: true }),
  );
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data || "/inbox"));
});
