import { useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

// the pointer has to move so far before a click becomes a drag
const TOLERANCE = 6;

/**
 * Drag what has `data-drag` onto what has `data-drop`; a scaled picture is beyond the
 * draggable hook of the web client. Fingers scroll: they use the cards instead.
 *
 * @param {{ el: HTMLElement }} ref
 * @param {Object} params
 * @param {() => boolean} params.isEnabled
 * @param {(source: string, target: string) => boolean} params.accept
 * @param {(source: string, target: string) => void} params.drop
 */
export function useMapDrag(ref, { isEnabled, accept, drop }) {
    let drag = null;

    const findTarget = (ev) => {
        const el = ev.target.closest?.("[data-drop]");
        return el && ref.el.contains(el) && accept(drag.source, el.dataset.drop)
            ? el
            : null;
    };
    const hover = (el) => {
        drag.over?.classList.remove("o_drop_hover");
        el?.classList.add("o_drop_hover");
        drag.over = el;
    };
    const start = () => {
        drag.ghost = document.createElement("div");
        drag.ghost.className = "o_contact_map_ghost";
        drag.ghost.textContent = drag.el.dataset.dragLabel || "";
        document.body.append(drag.ghost);
        ref.el.classList.add("o_dragging");
    };
    const stop = () => {
        if (drag?.ghost) {
            hover(null);
            drag.ghost.remove();
            ref.el?.classList.remove("o_dragging");
        }
        drag = null;
    };

    useExternalListener(window, "pointerdown", (ev) => {
        const el = ev.target.closest?.("[data-drag]");
        const isMouse = ev.pointerType !== "touch" && ev.button === 0;
        if (el && ref.el?.contains(el) && isMouse && isEnabled()) {
            drag = { el, source: el.dataset.drag, x: ev.clientX, y: ev.clientY };
        }
    });
    useExternalListener(window, "pointermove", (ev) => {
        if (!drag) {
            return;
        }
        const distance = Math.hypot(ev.clientX - drag.x, ev.clientY - drag.y);
        if (!drag.ghost && distance < TOLERANCE) {
            return;
        }
        if (!drag.ghost) {
            start();
        }
        ev.preventDefault();
        const [x, y] = [ev.clientX + 12, ev.clientY + 8];
        drag.ghost.style.transform = `translate(${x}px, ${y}px)`;
        hover(findTarget(ev));
    });
    useExternalListener(window, "pointerup", (ev) => {
        if (!drag?.ghost) {
            drag = null;
            return;
        }
        const { source } = drag;
        const target = findTarget(ev);
        stop();
        // the click that ends a drag opens nothing
        const swallow = (click) => click.stopPropagation();
        window.addEventListener("click", swallow, { capture: true });
        browser.setTimeout(() => window.removeEventListener("click", swallow, true));
        if (target) {
            drop(source, target.dataset.drop);
        }
    });
    useExternalListener(window, "pointercancel", stop);
    useExternalListener(window, "keydown", (ev) => ev.key === "Escape" && stop());
}
