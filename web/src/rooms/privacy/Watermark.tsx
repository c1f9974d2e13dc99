import { type ReactNode, useMemo } from "react";
import { moment } from "@/app/format";
import { useMe } from "@/rooms/accounts/session";
import "./privacy.css";

/**
 * Who looks at a sensitive page and when, faintly all over it and in print. Ant Design's own writes a style attribute,
 * which the security policy of the pages refuses; this one sets the property.
 */
export function Watermark({ children }: { children: ReactNode }) {
  const me = useMe();
  const image = useMemo(() => picture(`${me.name} ${me.username}`, moment(new Date().toISOString())), [me]);
  return (
    <div className="watermarked">
      {children}
      <div className="watermark" aria-hidden="true" style={{ backgroundImage: `url(${image})` }} />
    </div>
  );
}

function picture(name: string, at: string): string {
  const canvas = document.createElement("canvas");
  canvas.width = 300;
  canvas.height = 190;
  const pen = canvas.getContext("2d");
  if (!pen) return "";
  pen.translate(20, 150);
  pen.rotate((-22 * Math.PI) / 180);
  pen.font = "15px system-ui, sans-serif";
  pen.fillStyle = "rgba(60, 70, 85, 0.13)";
  pen.fillText(name, 0, 0);
  pen.fillText(at, 0, 22);
  return canvas.toDataURL();
}
