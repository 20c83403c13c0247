// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;

class HttpTransportContractTest extends HttpTransportContract {
    @Override
    EngineTransport whole(HttpEngineTransport polls) {
        return polls;
    }

    @Override
    protected int references(Frame frame) {
        return ((PollFrame) frame).references();
    }
}
